"""What changes while somebody looks (decision 22).

`steps` the log as cases before and after each fact; `telling` what of it a person is told; `readers` who listens, and
what waits for them; `feed` follows the log for all of them; `stream` Server-Sent Events; `presence` who has a case open
"""

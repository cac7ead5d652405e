"""intake

owns   reports, who reported them, their texts and files, screening, receipts
hears  dispatch's case and hand-off facts and what offices tell their reporters, to answer them; the directory
tells  report-registered, report-accepted … reporter-answered, identity-opened, reporter-erased (`facts.py`)
"""

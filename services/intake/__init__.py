"""intake

owns   reports, who reported them, their texts and files, screening, receipts
hears  who opened a case file anywhere, to tell its reporter;
       dispatch's case and hand-off facts and what offices tell their reporters, to answer them; the directory
tells  report-registered, report-accepted … reporter-answered, identity-opened, case-file-opened,
       reporter-erased (`facts.py`)
"""

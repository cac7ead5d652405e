"""Tables that come from outside: reports, such as another platform's export or a meeting's list; authority lists.

sheets       files as rows of text: CSV in UTF-8 or GB18030, XLSX
columns      headers in Chinese or English, names for codes
reports      a row as the request that registers it, or what is wrong with it
sending      many at once, each once
errors       the rows that were not taken, to be corrected and imported again
authorities  the rows of an authority list, which directory itself judges
"""

"""directory

owns   departments, areas, posts, categories, rules, authority list, clocks, which version of the
       procedures holds; staff and clients; sign-in (tokens/)
hears  itself: its own copy of the posts says who may change what
tells  department-registered … rule-changed, post-assigned, post-ended; staff-registered … (`facts.py`)
"""

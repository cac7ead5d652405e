"""dispatch

owns   cases, routing, hand-offs, consultations, clocks, follow-up
hears  intake's reports, every office's answers, the directory
tells  case-opened, case-routed, handoff-offered … case-closed, clock-lapsed,
       case-file-opened, export-made (`facts`)
rooms  of its own: routing, authority, faults, deadlines, workflows (which version of the procedures a case is opened
       under), consulting, linking, codes (case codes), scope (who sees what), filters, saved (filters that people
       keep), narrowing, search and tallies (lists and counts), marking and searching (words in texts), scheduler,
       recount (clocks), live (what changes while somebody looks), alike and suggesting (what a dispatcher decides by),
       show, bodies
"""

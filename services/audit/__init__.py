"""audit

owns   the log of every record of every topic, its completeness, alarms
hears  everybody, itself included
tells  case-file-opened, export-made, certificate-made, month-archived, -removed, -returned (`facts`)
rooms  of its own: log (appending, publishing, completeness, folding), tree (its proofs), paper (certificates), scope
"""

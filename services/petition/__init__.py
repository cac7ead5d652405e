"""petition

owns   petitions handed to the petition office: register, notice, handling opinion, conclusion
hears  dispatch's hand-offs `via` petition and what becomes of them, the directory (with the clocks)
tells  petition-received, petition-accepted, opinion-issued, petition-concluded, case-file-opened,
       texts-searched … (`facts.py`)
"""

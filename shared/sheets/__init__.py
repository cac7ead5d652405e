"""Tables that offices keep, as rows of text: files, columns by their titles, dates; the authority list among them."""

"""The log as a Merkle tree, pure: hashes, proofs, notes, checkpoints, tiles and entries, as others verify them."""

// Verifies a running log with other people's code alone: golang.org/x/mod for notes, trees and proofs, and
// transparency-dev/formats for cosignatures. Nothing of this repository is used.
//
//	verifier URL LOG_KEY WITNESS_KEY AUDITOR_TOKEN
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type server struct{ url, token string }

// HTTP/1.0 by hand: net/http and all that TLS needs would be most of what there is to build.
func (s server) get(path string, signedIn bool) []byte {
	host := strings.TrimPrefix(s.url, "http://")
	connection, err := net.Dial("tcp", host)
	must(err)
	defer connection.Close()
	headers := "Host: " + host
	if signedIn {
		headers += "\r\nAuthorization: Bearer " + s.token
	}
	_, err = fmt.Fprintf(connection, "GET %s HTTP/1.0\r\n%s\r\n\r\n", path, headers)
	must(err)
	answer, err := io.ReadAll(connection)
	must(err)
	head, body, whole := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !whole || !bytes.Contains(head[:min(len(head), 12)], []byte(" 200")) {
		log.Fatalf("%s: %s %s", path, head, body)
	}
	return body
}

// Height, ReadTiles, SaveTiles: golang.org/x/mod names tiles tile/8/L/N, C2SP tile/L/N.
func (s server) Height() int { return 8 }

func (s server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		found = append(found, s.get("/log/"+strings.Replace(tile.Path(), "tile/8/", "tile/", 1), false))
	}
	return found, nil
}

func (s server) SaveTiles([]tlog.Tile, [][]byte) {}

func (s server) tree(keys []note.Verifier) tlog.Tree {
	opened, err := note.Open(s.get("/log/checkpoint", false), note.VerifierList(keys...))
	must(err)
	if len(opened.Sigs) != len(keys) {
		log.Fatalf("%d of %d keys have signed", len(opened.Sigs), len(keys))
	}
	lines := strings.Split(opened.Text, "\n")
	var tree tlog.Tree
	_, err = fmt.Sscan(lines[1], &tree.N)
	must(err)
	tree.Hash = hash(lines[2])
	return tree
}

// Every entry of every bundle hashes to its leaf, and the tiles to the signed root.
func (s server) checkEntries(tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, s)
	for first := int64(0); first < tree.N; first += 256 {
		behind := min(first+256, tree.N)
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(behind - first)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle := s.get("/log/"+path, true)
		for index := first; index < behind; index++ {
			size := int(binary.BigEndian.Uint16(bundle))
			leaf := tlog.RecordHash(bundle[2 : 2+size])
			bundle = bundle[2+size:]
			stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			must(err)
			if stored[0] != leaf {
				log.Fatalf("entry %d is not the one in the tree", index)
			}
		}
		if len(bundle) != 0 {
			log.Fatalf("%s has %d bytes too many", path, len(bundle))
		}
	}
}

func (s server) checkProofs(tree tlog.Tree) {
	for index := int64(0); index < tree.N; index += 1 + tree.N/50 {
		var told struct {
			Size       int64
			Leaf       string
			Hashes     []string
			Checkpoint string
		}
		must(json.Unmarshal(s.get(fmt.Sprintf("/v1/proofs/inclusion?index=%d", index), true), &told))
		root := hash(strings.Split(told.Checkpoint, "\n")[2])
		must(tlog.CheckRecord(hashes(told.Hashes), told.Size, root, index, hash(told.Leaf)))
	}
	for old := int64(1); old < tree.N; old += 1 + tree.N/50 {
		var told struct {
			Hashes   []string
			Old_root string
			Root     string
		}
		must(json.Unmarshal(s.get(fmt.Sprintf("/v1/proofs/consistency?old=%d&size=%d", old, tree.N), false), &told))
		if hash(told.Root) != tree.Hash {
			log.Fatalf("the proof ends in another root")
		}
		before, err := tlog.TreeHash(old, tlog.TileHashReader(tree, s))
		must(err)
		must(tlog.CheckTree(hashes(told.Hashes), tree.N, tree.Hash, old, before))
	}
}

func main() {
	s := server{os.Args[1], os.Args[4]}
	own, err := note.NewVerifier(os.Args[2])
	must(err)
	witness, err := fnote.NewVerifierForCosignatureV1(os.Args[3])
	must(err)
	tree := s.tree([]note.Verifier{own, witness})
	s.checkEntries(tree)
	s.checkProofs(tree)
	fmt.Println(tree.N)
}

func hash(text string) tlog.Hash {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err)
	if len(raw) != 32 {
		log.Fatalf("%q is no hash", text)
	}
	return tlog.Hash(raw)
}

func hashes(texts []string) []tlog.Hash {
	var found []tlog.Hash
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

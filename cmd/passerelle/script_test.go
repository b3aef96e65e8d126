package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"passerelle/internal/faults"
	"passerelle/internal/simulation"
)

// TestScripts calls the program as people do. The scripts have commands of their own:
//
//	world [MEMBERS]          serves a world and writes its configuration into the folder of the script
//	fault RULE               breaks answers of it, as faults.Parse reads
//	edit                     lets people of both systems edit
//	plant                    changes one value behind everybody's back
//	down club|federation     takes a system away
//	field NAME PATH          sets a variable to what stands at a dotted path of the JSON printed last
//	question NAME KIND FIELD  sets a variable to the ID of the first question like this in the JSON printed last
//	newer FILE               makes a ledger one of a later version
//	whole                    sees that nobody stands twice on a side and nobody is missing
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Values["world"] = &scripted{}
			env.Setenv("KEY", simulation.AccessKey)
			env.Setenv("TOKEN", simulation.Token)
			env.Setenv("READING_KEY", readingKey)
			env.Setenv("READING_TOKEN", readingToken)
			env.Setenv("NEIGHBOUR_TOKEN", neighbourToken)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world": serveWorld,
			"fault": func(ts *testscript.TestScript, _ bool, args []string) {
				rule, err := faults.Parse(strings.Join(args, " "))
				ts.Check(err)
				ts.Check(worldOf(ts).AddFaults(rule))
			},
			"edit": func(ts *testscript.TestScript, _ bool, _ []string) {
				_, err := worldOf(ts).Edits()
				ts.Check(err)
			},
			"plant": func(ts *testscript.TestScript, _ bool, _ []string) {
				planted, err := worldOf(ts).Plant()
				ts.Check(err)
				ts.Setenv("PLANTED", planted.Ref)
			},
			"down": func(ts *testscript.TestScript, _ bool, args []string) {
				if args[0] == "club" {
					worldOf(ts).club.Close()
				} else {
					worldOf(ts).federation.Close()
				}
			},
			"whole": func(ts *testscript.TestScript, _ bool, _ []string) {
				if n, m := len(worldOf(ts).Twice()), len(worldOf(ts).Missing()); n+m > 0 {
					ts.Fatalf("%d persons stand twice on a side, %d are missing", n, m)
				}
			},
			"field":    setField,
			"question": setQuestion,
			"newer":    func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(makeNewer(ts.MkAbs(args[0]))) },
		},
	})
}

// A scripted holds the world of a script.
type scripted struct{ world *world }

func worldOf(ts *testscript.TestScript) *world {
	held, ok := ts.Value("world").(*scripted)
	if !ok || held.world == nil {
		ts.Fatalf("the script has no world yet")
	}
	return held.world
}

// serveWorld serves what simulate serves, and writes its configuration: "world 60", and "world 60 years" as with --years.
func serveWorld(ts *testscript.TestScript, _ bool, args []string) {
	members := 60
	if len(args) > 0 {
		var err error
		members, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	w, err := newWorld(ts.MkAbs("."), simulation.Config{Seed: 7, Members: members, Years: slices.Contains(args, "years")}, "", nil)
	ts.Check(err)
	ts.Defer(w.close)
	held, ok := ts.Value("world").(*scripted)
	if !ok {
		ts.Fatalf("the script holds no world")
	}
	held.world = w
}

// setField sets a variable to a value in the JSON that was printed last.
func setField(ts *testscript.TestScript, _ bool, args []string) {
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &at))
	for step := range strings.SplitSeq(args[1], ".") {
		switch in := at.(type) {
		case map[string]any:
			at = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(in) {
				ts.Fatalf("%s: there are %d", args[1], len(in))
			}
			at = in[i]
		}
	}
	if at == nil {
		ts.Fatalf("%s: nothing stands there", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(at))
}

// setQuestion sets a variable to the ID of a question in the JSON that was printed last.
func setQuestion(ts *testscript.TestScript, _ bool, args []string) {
	var queue conflictsAnswer
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &queue))
	for _, c := range queue.Conflicts {
		if string(c.Kind) == args[1] && fieldNames(c.Fields) == args[2] {
			ts.Setenv(args[0], c.ID)
			return
		}
	}
	ts.Fatalf("there is no question of kind %s about %s", args[1], args[2])
}

// makeNewer raises the version of a ledger.
func makeNewer(path string) error {
	db, err := bbolt.Open(filepath.Clean(path), 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("version"), binary.BigEndian.AppendUint64(nil, 99))
	})
	if err != nil {
		return err
	}
	return db.Close()
}

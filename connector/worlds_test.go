package connector_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"passerelle/conflicts"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestWorlds lets small clubs live through whatever can be drawn: people of both sides enter, join and leave, admins answer and
// approve, requests fail, processes die, clocks step, systems are put back or give their ids to others. Then the faults stop, and
// the world has to come to rest with nobody and nothing lost (see world.rests). A world is a script of the verbs that the
// scenarios have: what failed is printed as one, can be kept among them, and is tried again in every later run (testdata/rapid).
//
// There are 200 of them, in two halves side by side, unless rapid is told another number.
func TestWorlds(t *testing.T) {
	t.Parallel()
	for _, half := range []string{"one half", "the other"} {
		t.Run(half, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) { inBubble(t, rt, live) })
		})
	}
}

// TestSoak draws worlds for as many seconds as PASSERELLE_SOAK says; `make soak` does.
func TestSoak(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv("PASSERELLE_SOAK"))
	if err != nil {
		t.Skip("PASSERELLE_SOAK says for how many seconds worlds are drawn")
	}
	if err := flag.Set("rapid.checks", "5"); err != nil { // at a time
		t.Fatal(err)
	}
	enough, stop := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer stop()
	for worlds := 5; ; worlds += 5 {
		rapid.Check(t, func(rt *rapid.T) { inBubble(t, rt, live) })
		if enough.Err() != nil {
			t.Logf("%d worlds, zero violations", worlds)
			return
		}
	}
}

// inBubble runs a drawn world in a bubble of its own, out of which its failures come as rapid expects them.
func inBubble(t *testing.T, rt *rapid.T, world func(testing.TB, *rapid.T)) {
	t.Helper()
	var failure any
	synctest.Test(t, func(t *testing.T) {
		defer func() { failure = recover() }()
		world(drawn{t, rt}, rt)
	})
	// rapid takes two failures for the same when they come from the same line: what it drew in vain must not look like one.
	switch {
	case failure == nil:
	case strings.HasSuffix(fmt.Sprintf("%T", failure), "invalidData"):
		panic(failure)
	default:
		panic(failure)
	}
}

// drawn is a testing.TB that fails the drawn world and not the test, which tries to find a smaller one then.
type drawn struct {
	testing.TB
	rt *rapid.T
}

func (d drawn) Fatal(args ...any)                 { d.rt.Fatal(args...) }
func (d drawn) Fatalf(format string, args ...any) { d.rt.Fatalf(format, args...) }
func (d drawn) Error(args ...any)                 { d.rt.Error(args...) }
func (d drawn) Errorf(format string, args ...any) { d.rt.Errorf(format, args...) }
func (d drawn) Log(args ...any)                   { d.rt.Log(args...) }
func (d drawn) Logf(format string, args ...any)   { d.rt.Logf(format, args...) }
func (d drawn) Failed() bool                      { return d.rt.Failed() }

// A world is a scene that draws its own script.
type world struct {
	*scene
	rt      *rapid.T
	script  []string
	present []int
	reused  map[string]int // ids, by side
}

// live draws a world and looks what has become of it.
func live(tb testing.TB, rt *rapid.T) {
	tb.Helper()
	w := &world{scene: &scene{tb: tb, net: &pipes{}}, rt: rt, reused: map[string]int{}}
	w.play(w.pick(rt, "start", "linked", "linked", "linked", "apart") + " members=34")
	for n := 9; n <= 34; n++ { // never one of the three oldest pairs, and none of their families
		w.present = append(w.present, n)
	}
	rt.Repeat(map[string]func(*rapid.T){
		"enter": w.enter, "enter again": w.enter, "join": w.join, "leave": w.leave, "break": w.breaks, "die": w.die,
		"run": w.run, "run again": w.run, "decide": w.answer, "approve": w.approves, "wait": w.waits, "close": w.closes, "lie": w.lies, "forget": w.putsBack, "regroup": w.regroups,
		"set back": w.setsBack, "renumber": w.renumbers, "reuse": w.reuses,
	})
	w.rests()
}

// play carries out a line of a script, in which a space inside a word is written _; a line that is wrong is the test's mistake.
func (w *world) play(line string) {
	var quoted []string
	words := strings.Fields(line)
	for i := range words {
		word := words[i]
		if words[i] = strings.ReplaceAll(word, "_", " "); words[i] != word || strings.Contains(word, "'") {
			word = "'" + strings.ReplaceAll(words[i], "'", "''") + "'"
		}
		quoted = append(quoted, word)
	}
	w.script = append(w.script, strings.Join(quoted, " "))
	if err := verbs()[words[0]](w.scene, words[1:]); err != nil {
		w.rt.Fatalf("%s: %v\nthe script:\n%s", line, err, strings.Join(w.script, "\n"))
	}
}

func (w *world) pick(rt *rapid.T, label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(rt, label)
}

func (w *world) side(rt *rapid.T) string { return w.pick(rt, "side", "club", "federation") }

// somebody draws a person, and says whether that side has them as a member.
func (w *world) somebody(rt *rapid.T, side string) (int, bool) {
	n := w.present[rapid.IntRange(0, 999).Draw(rt, "who")%len(w.present)]
	seen := w.b.world.Person(n)
	held := at(seen, simulation.Side(side))
	return n, len(held) == 1 && held[0].Life == simulation.Present
}

// enter draws somebody whose data a side's people change.
func (w *world) enter(rt *rapid.T) {
	side := w.side(rt)
	n, there := w.somebody(rt, side)
	i, which := rapid.IntRange(0, 9).Draw(rt, "variant"), rapid.IntRange(0, 999).Draw(rt, "value")
	if !there {
		return
	}
	values := []string{
		fmt.Sprintf("phoneMobile=+4179000%d%03d", i, n), "phoneMobile=", fmt.Sprintf("street=Reckweg_%d", i), fmt.Sprintf("city=Barrendorf_%d", i),
		fmt.Sprintf("email=neu.%d.%d@example.org", n, i), "language=" + []string{"de", "fr", "it"}[i%3],
		"subscription.GYMLIVE=" + []string{"print", "digital"}[i%2], "subscription.GYMLIVE=",
	}
	if p := w.b.world.M(n); slices.Contains([]string{"01", "02", "04", "05"}, p.Category) {
		values = append(values, "category="+map[string][]string{"M": {"01", "02"}, "F": {"04", "05"}}[p.Gender][i%2])
		if p.MemberNumber != "" {
			values = append(values, fmt.Sprintf("lastName=%s-%d", strings.Split(p.LastName, " ")[0], i))
		}
	}
	if side == "club" {
		values = append(values, "function.LEI=held", "function.LEI=", fmt.Sprintf("phoneMobile=intern_%d", i))
	}
	w.play(fmt.Sprintf("%s edit M%d %s", side, n, values[which%len(values)]))
}

// join draws somebody whom a side takes in, seldom both sides at once.
func (w *world) join(rt *rapid.T) {
	sides := w.pick(rt, "sides", "club", "federation", "club federation")
	n := len(w.b.world.People.People) + 1
	if sides == "club federation" && w.lags() {
		return
	}
	w.present = append(w.present, n)
	for side := range strings.FieldsSeq(sides) {
		w.play(fmt.Sprintf("%s joins M%d", side, n))
	}
}

func (w *world) leave(rt *rapid.T) {
	side := w.side(rt)
	how := w.pick(rt, "how", "leaves", "removes", "archives", "merges")
	other := w.present[rapid.IntRange(0, 999).Draw(rt, "other")%len(w.present)]
	n, there := w.somebody(rt, side)
	if how == "merges" {
		if there && side == "federation" && n != other && len(w.b.world.Person(other).Federation) == 1 {
			w.play("federation merges M" + strconv.Itoa(n) + " M" + strconv.Itoa(other))
		}
		return
	}
	if there && (how != "archives" || side == "club" && w.known(n)) {
		w.play(fmt.Sprintf("%s %s M%d", side, how, n))
	}
}

// known reports whether the engine has seen somebody's contact. One that is archived before that is in no list, and nobody
// can know of it.
func (w *world) known(n int) bool {
	id, refs, err := w.b.personOf(w.b.world.Person(n))
	if err != nil {
		w.rt.Fatal(err)
	}
	all, err := w.b.link.Questions(w.tb.Context())
	if err != nil {
		w.rt.Fatal(err)
	}
	return id != 0 || slices.ContainsFunc(all, func(q conflicts.Question) bool { return slices.Contains(refs, q.Club) })
}

// breaks draws what goes wrong with a side's answers.
func (w *world) breaks(rt *rapid.T) {
	kinds := []string{}
	for _, k := range faults.Kinds() {
		if k != faults.Delay {
			kinds = append(kinds, string(k))
			continue
		}
		kinds = append(kinds, "delay delay=5s", "delay delay=45s") // the second is longer than anybody waits
	}
	line := fmt.Sprintf("%s fault %s %s", w.side(rt), w.pick(rt, "operation", "list", "read", "write", "any"), w.pick(rt, "kind", kinds...))
	w.play(fmt.Sprintf("%s times=%d after=%d", line, rapid.IntRange(1, 3).Draw(rt, "times"), rapid.IntRange(0, 5).Draw(rt, "after")))
}

// lies draws what a side answers that is whole and not true, or how it behaves from then on.
func (w *world) lies(rt *rapid.T) {
	line := w.pick(
		rt, "what",
		"club fault list stale times=1", "federation fault list stale times=1", "federation fault read stale times=1",
		"club fault list double-rows times=1", "federation fault list double-rows times=2", "club fault any hidden-rows times=2",
		"federation fault any hidden-rows times=3", "club fault any hidden-fields fields=communication.mobile times=2",
		"federation fault any hidden-fields fields=phoneMobile,street times=3", "club fault read missing-forbidden times=2",
		"federation fault read missing-forbidden times=2", "federation fault write ignored-if-match times=2",
		"club system freeze-stamps on", "federation system freeze-stamps on", "club system skew 3h", "federation system skew -3h",
		"federation system skew 3h", "club system rewrite on",
	)
	if !strings.Contains(line, "stale") && !strings.Contains(line, "hidden-rows") || !w.unsettled() {
		w.play(line)
	}
}

// Who stands on both sides and is not linked, while one of them shows what was before or not everybody, is made there once more,
// because nobody can know better; that is asked about afterwards (ADR 24). It is not drawn: lags reports whether a side will
// show what was before or less than there is, and unsettled whether somebody stands on both sides who is not linked.
func (w *world) lags() bool {
	rules := slices.Concat(w.b.world.ClubSystem.Faults().List(), w.b.world.FederationSystem.Faults().List())
	return slices.ContainsFunc(rules, func(r faults.Rule) bool { return r.Kind == faults.Stale || r.Kind == faults.HiddenRows })
}

func (w *world) unsettled() bool {
	return slices.ContainsFunc(w.present, func(n int) bool {
		seen := w.b.world.Person(n)
		id, _, err := w.b.personOf(seen)
		return err == nil && id == 0 && len(seen.Club) > 0 && len(seen.Federation) > 0
	})
}

// putsBack draws that the ledger is copied, or put back from the copy.
func (w *world) putsBack(rt *rapid.T) {
	if again := w.pick(rt, "what", "copy", "restore"); again == "copy" || w.copy != nil {
		w.play("ledger " + again)
	}
}

// setsBack draws that a side's system is copied, or put back to the copy.
func (w *world) setsBack(rt *rapid.T) {
	side := w.side(rt)
	if again := w.pick(rt, "what", "backup", "restore"); again == "backup" || w.kept[simulation.Side(side)].restore != nil {
		w.play(side + " " + again)
	}
}

// renumbers draws that a side gives other ids to everybody, which is noticed after some runs and put right. None of them may
// write anything. A link that knows hardly anybody cannot see it, and one that is shown what was before does not yet: neither
// is drawn.
func (w *world) renumbers(rt *rapid.T) {
	strange := 0
	for _, seen := range w.b.world.Everybody() {
		if id, _, err := w.b.personOf(seen); err != nil || id == 0 {
			strange++
		}
	}
	if strange > len(w.present)/2 || w.lags() {
		return
	}
	line := w.pick(rt, "what", "club system renumber", "federation system renumber", "club system shuffle")
	side, _, _ := strings.Cut(line, " ")
	w.play(side + " backup")
	w.play(line)
	w.play("sync 3 times")
	w.play("expect wrote nothing")
	w.play(side + " restore")
}

// reuses draws somebody whose id a side gives to another. Three such are an id for everybody, and stop the link for good.
func (w *world) reuses(rt *rapid.T) {
	side := w.side(rt)
	n, there := w.somebody(rt, side)
	if !there || w.reused[side] == 2 {
		return
	}
	w.reused[side]++
	w.play(side + " system reuse-ids on")
	w.play(fmt.Sprintf("%s removes M%d", side, n))
	w.present = append(w.present, len(w.b.world.People.People)+1)
	w.play(fmt.Sprintf("%s joins M%d", side, w.present[len(w.present)-1]))
	w.play(side + " system reuse-ids off")
}

// regroups draws somebody whom an admin takes apart, or joins again.
func (w *world) regroups(rt *rapid.T) {
	what := w.pick(rt, "what", "unlink", "relink")
	n, there := w.somebody(rt, "club")
	seen := w.b.world.Person(n)
	switch {
	case !there || len(seen.Federation) != 1:
	case what == "unlink":
		w.play(fmt.Sprintf("unlink M%d perhaps", n))
	case w.b.world.ClubSystem.Faults().List() == nil && w.b.world.FederationSystem.Faults().List() == nil: // it reads both
		who := " M" + strconv.Itoa(n)
		w.play("relink" + who + who + " perhaps")
	}
}

// die lets the process die in the next run, if it comes so far.
func (w *world) die(rt *rapid.T) {
	when, call, n := w.pick(rt, "when", "before", "after"), w.pick(rt, "call", "read", "write", "commit"), rapid.IntRange(1, 4).Draw(rt, "number")
	if w.kill == nil {
		w.play(fmt.Sprintf("crash %s %s %d perhaps", when, call, n))
	}
}

func (w *world) run(rt *rapid.T) {
	w.play(w.pick(rt, "how", "sync", "sync", "sync full", "sync by changes", "sync dry-run"))
}

// answer draws an answer to an open question. Who is who is answered truly; which value, at random.
func (w *world) answer(rt *rapid.T) {
	which, how := rapid.IntRange(0, 999).Draw(rt, "question"), rapid.IntRange(0, 999).Draw(rt, "answer")
	open, err := w.b.link.Questions(w.tb.Context(), conflicts.Open)
	if err != nil {
		rt.Fatal(err)
	}
	if len(open) == 0 {
		return
	}
	q := open[which%len(open)]
	third := w.third(q, how)
	verbs := slices.DeleteFunc(slices.Clone(q.Answers), func(v conflicts.Verb) bool { return v == conflicts.TakeValue && third == "" })
	verb := verbs[how%len(verbs)]
	if q.Kind == conflicts.Match {
		verb = w.truth(q)
	}
	if !q.Offers(verb) { // who has an id that somebody else had cannot be told apart before they have one of their own
		verb = conflicts.Later
	}
	answer := string(verb)
	if verb == conflicts.TakeValue {
		answer += "=" + third
	}
	w.play(fmt.Sprintf("decide %s %s", q.ID, answer))
	if q.Kind == conflicts.Unreadable && verb != conflicts.Leave {
		w.gaveUp(q)
	}
}

// third returns a value that neither side has, for a question about one field; "" where none is drawn.
func (w *world) third(q conflicts.Question, i int) string {
	if len(q.Fields) != 1 {
		return ""
	}
	return map[record.Field]string{
		"phoneMobile": fmt.Sprintf("+41790009%03d", i), "email": fmt.Sprintf("wahl.%d@example.org", i), "lastName": fmt.Sprintf("Wahl-%d", i),
		"street": fmt.Sprintf("Wahlweg_%d", i), "city": "Wahlendorf", "language": "it", "delivery": "digital",
	}[q.Fields[0]]
}

// gaveUp takes note that a person let a text go that nobody can read: the history has values only.
func (w *world) gaveUp(q conflicts.Question) {
	for _, seen := range w.b.world.Everybody() {
		if _, refs, err := w.b.personOf(seen); err != nil || !slices.Contains(refs, q.Club) && !slices.Contains(refs, q.Federation) {
			continue
		}
		for _, f := range q.Fields {
			for _, side := range []simulation.Side{simulation.Club, simulation.Federation} {
				delete(w.past.typed, typing{side, seen.N, string(q.Record) + "." + string(f)})
			}
		}
	}
}

// truth says whether the two whom a question names are one person. Of one who is not there now nobody can tell, and that two are
// different holds for good: it is not said where ids have been given again, which a restored side takes back.
func (w *world) truth(q conflicts.Question) conflicts.Verb {
	both := 0
	for _, seen := range w.b.world.Everybody() {
		here := 0
		for _, s := range slices.Concat(seen.Club, seen.Federation) {
			here += len(slices.DeleteFunc([]string{q.Club, q.Federation}, func(ref string) bool { return ref != s.Ref }))
		}
		if here == 2 {
			return conflicts.Same
		}
		both += here
	}
	if both < 2 || len(w.reused) > 0 {
		return conflicts.Later
	}
	return conflicts.Different
}

func (w *world) approves(*rapid.T) {
	if w.b.held().ID != "" {
		w.play("approve")
	}
}

func (w *world) waits(rt *rapid.T) {
	w.play("later " + w.pick(rt, "time", "1m", "20m", "3h", "30h", "200h"))
}

func (w *world) closes(rt *rapid.T) {
	w.play("federation " + w.pick(rt, "what", "window closed", "window open", "token reads", "token writes"))
}

// rests stops the faults, approves whatever waits, and looks: nobody stands twice, nobody and nothing that people entered is
// lost, the second opinion explains every difference, and two more runs write nothing and change nothing.
func (w *world) rests() {
	w.kill = nil
	w.b.restart(nil)
	w.play("faults end")
	for _, side := range []string{"club", "federation"} {
		w.play(side + " system freeze-stamps off")
		w.play(side + " system skew 0s")
	}
	w.play("federation token writes")
	w.play("federation window open")
	began := len(w.script)
	for still := 0; still < 3; {
		w.play("sync")
		if len(w.script) > began+40 {
			w.rt.Fatalf("the world does not come to rest\n%s\nthe script:\n%s", w.told(), strings.Join(w.script, "\n"))
		}
		if w.mistaken() {
			w.play("expect nobody lost")
			w.play("expect wrote nothing")
			return
		}
		still++
		if w.last.Stopped != nil || applied(w.last) > 0 {
			still = 0
		}
		if w.b.held().ID != "" {
			w.play("approve")
			still = 0
		}
	}
	w.play("expect nobody lost")
	w.play("expect explained")
	w.play("expect quiet")
}

// mistaken reports whether the link rightly takes a side for one that has given its ids anew: put back, it gives those again that
// it gave since. Nothing happens then before people have put that right.
func (w *world) mistaken() bool {
	s := w.last.Stopped
	return s != nil && strings.Contains(s.Reason, "as if ids had been given anew") && slices.Contains(w.script, string(s.Side)+" restore")
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/match"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Regrouping says which people are taken apart and which two are joined. Nothing of it is written to a system: what
// follows is held by the next run, until a person has looked at it.
type Regrouping struct {
	Link  string   `json:"link"`
	Done  bool     `json:"done"`
	Apart []Couple `json:"apart"` // the persons of the ledger that are taken apart
	Join  *Couple  `json:"join"`  // the two that are joined; nil: none
	// Evidence is what speaks for the two that are joined being one person, and against it. Its values are the caller's to hide.
	Evidence []conflicts.Evidence `json:"evidence,omitempty"`
	// Asked are the questions that are left, one for each two who have to be decided about.
	Asked []string `json:"asked"`
}

// A Couple is a contact and a member, linked or to be linked: the documents of both.
type Couple struct {
	Club       string `json:"club"`
	Federation string `json:"federation"`
	Number     string `json:"number,omitempty"`
}

// ErrRegroup is returned by Unlink and Relink for people who cannot be taken apart or joined now. Its text says why, and what
// to do.
var ErrRegroup = errors.New("nothing was taken apart or joined")

// byHand is what a question is bound to about two whom a person has taken apart or joined: it does not depend on what they
// are called.
const byHand = "by hand"

// Unlink takes a linked person apart: the ledger forgets that the two are one, and what they had agreed on. Both stay as they
// are on their sides, unlinked, with the question whether they are the same person; the next run asks it and writes nothing
// for them. who is as in Explain. A dry one only says what it would do. It waits for a run under way. Errors: ErrPerson,
// ErrRegroup.
func (l *Link) Unlink(ctx context.Context, who, by string, dry bool) (Regrouping, error) {
	out := Regrouping{Link: l.cfg.ID, Apart: []Couple{}, Asked: []string{}}
	err := l.Still(ctx, func(ctx context.Context) error {
		p, err := l.person(ctx, who)
		if err != nil {
			return err
		}
		g, err := l.regroup(ctx, by)
		if err != nil {
			return err
		}
		if err := g.takeApart(ctx, &p); err != nil {
			return err
		}
		return g.finish(ctx, &out, dry)
	})
	return out, err
}

// Relink joins a contact and a member, whatever their numbers say: who of them is linked with somebody else is taken apart
// first. The base of the pair starts anew, and what follows for it is held. club and federation are documents, or a number
// that is linked. Both are read, and have to be there. A dry one only says what it would do. Errors: ErrPerson, ErrRegroup.
func (l *Link) Relink(ctx context.Context, club, federation, by string, dry bool) (Regrouping, error) {
	out := Regrouping{Link: l.cfg.ID, Apart: []Couple{}, Asked: []string{}}
	err := l.Still(ctx, func(ctx context.Context) error {
		g, err := l.regroup(ctx, by)
		if err != nil {
			return err
		}
		join := Couple{Club: club, Federation: federation}
		for _, side := range record.Sides() {
			ref, err := g.free(ctx, side, join.of(side))
			if err != nil {
				return err
			}
			join.set(side, ref)
		}
		return g.join(ctx, join, &out, dry)
	})
	return out, err
}

func (c *Couple) set(s record.Side, ref string) {
	if s == record.Club {
		c.Club = ref
	} else {
		c.Federation = ref
	}
}

func (c *Couple) of(s record.Side) string {
	if s == record.Club {
		return c.Club
	}
	return c.Federation
}

// A regrouping is what is gathered to be committed at once.
type regrouping struct {
	*Link

	by    string
	batch port.Batch
	apart []Couple
	open  []conflicts.Question // those of people who are taken apart, by their persons
	asked map[string]conflicts.Question
}

func (l *Link) regroup(ctx context.Context, by string) (*regrouping, error) {
	pending, err := l.cfg.Store.Pending(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ledger: journal: %w", err)
	case len(pending) > 0:
		return nil, fmt.Errorf("%w: a request was cut, and what became of it is not known yet: run passerelle sync %s first", ErrRegroup, l.cfg.ID)
	}
	g := &regrouping{Link: l, by: by, asked: map[string]conflicts.Question{}}
	g.batch.People = map[uint64]*port.Person{}
	g.batch.Approve = map[string]time.Time{}
	g.batch.Sights = map[record.Side]map[string]*port.Sight{record.Club: {}, record.Federation: {}}
	if g.open, err = l.cfg.Store.Questions(ctx, conflicts.Open, conflicts.Answered); err != nil {
		return nil, fmt.Errorf("ledger: questions: %w", err)
	}
	return g, nil
}

// takeApart lets go of a person: their documents are looked at again, what was approved for them is not any more, and their
// questions are over.
func (g *regrouping) takeApart(ctx context.Context, p *port.Person) error {
	own := p.Pair(g.cfg.Schema.Kinds[0].Name, "")
	if p.State != port.Linked || own == nil || own.Club.Zero() || own.Federation.Zero() {
		return fmt.Errorf("%w: %s is not linked with anybody (%s)", ErrRegroup, named(p), p.State)
	}
	couple := Couple{Club: own.Club.Document, Federation: own.Federation.Document, Number: p.Number}
	g.apart = append(g.apart, couple)
	g.batch.People[p.ID] = nil
	for _, side := range record.Sides() {
		if err := g.lookAgain(ctx, side, p.Documents(side)); err != nil {
			return err
		}
	}
	w := newWork(g.cfg.Schema, *p)
	for i := range g.open {
		q := g.open[i]
		if !w.questionsOf(&q) {
			continue
		}
		q.State, q.Ended, q.How = conflicts.Closed, g.cfg.Now(), "dissolved: the two were taken apart"
		g.asked[q.ID] = q
	}
	if err := g.disapprove(ctx, couple); err != nil {
		return err
	}
	g.ask(couple, nil)
	g.note(couple, "taken apart")
	return nil
}

// lookAgain has the next run look at documents whatever it remembers of them.
func (g *regrouping) lookAgain(ctx context.Context, side record.Side, refs []string) error {
	sights, err := g.cfg.Store.Sights(ctx, side, refs)
	if err != nil {
		return fmt.Errorf("ledger: sights: %w", err)
	}
	for ref, s := range sights {
		s.Digest = nil
		g.batch.Sights[side][ref] = &s
	}
	return nil
}

// disapprove takes back what was approved of a person and not carried yet: it was approved for another pair.
func (g *regrouping) disapprove(ctx context.Context, couple Couple) error {
	held, err := g.cfg.Store.Held(ctx)
	if err != nil {
		return fmt.Errorf("ledger: held plan: %w", err)
	}
	for i := range held.Changes {
		if person := held.Changes[i].Person; person == couple.Club || person == couple.Federation {
			g.batch.Approve[held.Changes[i].ID] = time.Time{}
		}
	}
	return nil
}

// ask raises the question about two, with its answer where it is given.
func (g *regrouping) ask(c Couple, a *conflicts.Answer) {
	q := matchOf(g.cfg.Schema, c.Club, c.Federation)
	q.Reason, q.Bound, q.Opened = "a person has taken these two apart or joined them", byHand, g.cfg.Now()
	q = q.Sealed()
	if a != nil {
		q.State, q.Answer = conflicts.Answered, a
	}
	g.asked[q.ID] = q
}

func (g *regrouping) note(c Couple, decision string) {
	g.batch.History = append(g.batch.History, port.Entry{
		At: g.cfg.Now(), Ref: c.Club, Kind: g.cfg.Schema.Kinds[0].Name, Rule: c.Club + " and " + c.Federation, Decision: decision, By: g.by,
	})
}

// free returns the document of a side that is meant, and takes its person apart where it has one.
func (g *regrouping) free(ctx context.Context, side record.Side, who string) (string, error) {
	kind := g.cfg.Sides[side].System.Kinds()[0] + "/"
	ref := g.documents(who)[side]
	if strings.Contains(who, "/") && !strings.HasPrefix(who, kind) {
		return "", fmt.Errorf("%w: %q is no document of the %s, which comes in this place (%s…)", ErrRegroup, who, side, kind)
	}
	p, err := g.person(ctx, who)
	switch {
	case errors.Is(err, ErrPerson) && ref == "":
		return "", fmt.Errorf("%q: %w: name somebody of the %s by the document (%s…), or who is linked by the federation number", who, ErrPerson, side, kind)
	case errors.Is(err, ErrPerson):
		return ref, nil
	case err != nil:
		return "", err
	}
	own := p.Pair(g.cfg.Schema.Kinds[0].Name, "")
	if own == nil || own.Ref(side).Zero() {
		return "", fmt.Errorf("%w: %s has no document at the %s", ErrRegroup, named(&p), side)
	}
	if _, already := g.batch.People[p.ID]; already {
		return "", fmt.Errorf("%w: %s and %s are linked with each other already", ErrRegroup, own.Club.Document, own.Federation.Document)
	}
	return own.Ref(side).Document, g.takeApart(ctx, &p)
}

// join reads both who are to be joined, and asks about those who are left alone: they are perhaps the same.
func (g *regrouping) join(ctx context.Context, c Couple, out *Regrouping, dry bool) error {
	members := map[record.Side]*record.Record{}
	for _, side := range record.Sides() {
		m, err := g.member(ctx, side, c.of(side))
		if err != nil {
			return err
		}
		members[side] = m
		if err := g.lookAgain(ctx, side, []string{c.of(side)}); err != nil {
			return err
		}
	}
	joined := matchOf(g.cfg.Schema, c.Club, c.Federation).Sealed()
	for i := range g.open {
		if q := &g.open[i]; q.ID == joined.ID && q.Bound == byHand && q.Answer != nil && q.Answer.Verb == conflicts.Same {
			return fmt.Errorf("%w: these two are joined already; the next run carries it out: passerelle sync %s", ErrRegroup, g.cfg.ID)
		}
	}
	g.withdraw(c)
	var left Couple
	for _, apart := range g.apart {
		for _, side := range record.Sides() {
			if apart.of(side) != c.of(side) {
				left.set(side, apart.of(side))
			}
		}
	}
	if left.Club != "" && left.Federation != "" {
		g.ask(left, nil)
	}
	g.ask(c, &conflicts.Answer{Verb: conflicts.Same, By: g.by, At: g.cfg.Now()})
	g.note(c, "joined")
	out.Join = &c
	out.Evidence = evidence(match.Compare(members[record.Club], members[record.Federation]), members[record.Club], members[record.Federation])
	return g.finish(ctx, out, dry)
}

// withdraw takes back what was said by hand of one of the two and somebody else, and is not carried out yet: the last word counts.
func (g *regrouping) withdraw(c Couple) {
	for i := range g.open {
		q := g.open[i]
		if q.Kind == conflicts.Match && q.Bound == byHand && joins(&q) && (q.Club == c.Club || q.Federation == c.Federation) {
			q.State, q.Ended, q.How = conflicts.Closed, g.cfg.Now(), "dissolved: one of the two was joined with somebody else"
			g.asked[q.ID] = q
		}
	}
}

// member reads somebody who is to be joined, and has to be a member of the side.
func (g *regrouping) member(ctx context.Context, side record.Side, ref string) (*record.Record, error) {
	end := g.cfg.Sides[side]
	account, err := end.System.Check(ctx)
	if err != nil {
		return nil, err
	}
	if account.Organisation != end.Organisation {
		return nil, fmt.Errorf("%w: the secret of the %s is another organisation's", ErrRegroup, side)
	}
	doc, err := end.System.Read(ctx, ref)
	if err != nil {
		switch port.As(err).Next {
		case port.Gone:
			return nil, fmt.Errorf("%w: the %s has no %s", ErrRegroup, side, ref)
		case port.Stop: // no reference that the system could have given, say
			return nil, fmt.Errorf("%w: %s cannot be read at the %s: write it as passerelle relink %s --all shows it", ErrRegroup, ref, side, g.cfg.ID)
		default:
			return nil, err
		}
	}
	zurich, err := calendar()
	if err != nil {
		return nil, err
	}
	taken, err := end.Profile.Take(doc, record.DateOf(g.cfg.Now().In(zurich)))
	if err != nil || len(taken.Records) == 0 || taken.Records[0].Kind != g.cfg.Schema.Kinds[0].Name || len(taken.Records[0].Fields) == 0 { // a company has none
		return nil, fmt.Errorf("%w: %s is no member of the %s", ErrRegroup, ref, side)
	}
	forgotten, err := g.isForgotten(ctx, &taken.Records[0])
	if forgotten {
		err = fmt.Errorf("%w: %s was forgotten, and is left alone on both sides", ErrRegroup, ref)
	}
	return &taken.Records[0], err
}

// finish tells what was gathered, and keeps it.
func (g *regrouping) finish(ctx context.Context, out *Regrouping, dry bool) error {
	out.Apart = append(out.Apart, g.apart...)
	for _, id := range slices.Sorted(maps.Keys(g.asked)) {
		q := g.asked[id]
		settled := out.Join != nil && (q.Club == out.Join.Club || q.Federation == out.Join.Federation) // with the two who are joined
		if q.Bound == byHand && q.State == conflicts.Open && !settled {
			out.Asked = append(out.Asked, id)
		}
		g.batch.Questions = append(g.batch.Questions, q)
	}
	if dry {
		return nil
	}
	out.Done = true
	return g.commit(ctx, g.batch)
}

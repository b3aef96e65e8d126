package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/rs/zerolog"

	"passerelle/connector"
	"passerelle/connector/verify"
	"passerelle/internal/config"
)

// A verified is what the last verification of a link came to, as it stands in a file beside the ledger.
type verified struct {
	At          time.Time        `json:"at"`
	Unexplained int              `json:"unexplained"`
	Pairs       int              `json:"pairs"`
	Equal       int              `json:"equal"`
	Explained   verify.Explained `json:"explained"`
}

// noteVerified writes down what a verification came to. Without it only status knows less.
func (l *opened) noteVerified(at time.Time, r *verify.Report) {
	text, err := json.Marshal(verified{At: at.UTC(), Unexplained: r.Unexplained, Pairs: r.Pairs, Equal: r.Equal, Explained: r.Explained})
	if err == nil {
		_ = replaceFile(l.verifiedFile, append(text, '\n'))
	}
}

// lastVerified returns what the last verification came to, nil when nothing is written down.
func (l *opened) lastVerified() *verified {
	var v verified
	text, err := os.ReadFile(l.verifiedFile)
	if err != nil || json.Unmarshal(text, &v) != nil {
		return nil
	}
	return &v
}

// unexplained returns how many differences the last verification could not explain, and false before the first.
func (l *opened) unexplained() (int, bool) {
	v := l.lastVerified()
	if v == nil {
		return 0, false
	}
	return v.Unexplained, true
}

// daily is what follows a link's daily sweep: a second opinion, and the end of what is too old to be kept. It logs when the
// second opinion is another than the last one.
func (a *app) daily(l *opened, keep config.Keep, log zerolog.Logger) func(context.Context) {
	log = log.With().Str("link", l.ID).Logger()
	d := &desk{now: a.now, serving: true}
	return func(ctx context.Context) {
		unhurried := ctx // a run is not cut short by the first signal: it finishes the write that it is at
		ctx, done := a.untilInterrupted(ctx)
		defer done()
		before := l.lastVerified()
		report, _, err := d.verify(ctx, l, verifyQuestion{})
		if err == nil && report.Unexplained > 0 { // somebody may have worked between the sweep and this
			if _, err = l.link.RunOnce(unhurried, connector.Options{Full: true}); err == nil {
				report, _, err = d.verify(ctx, l, verifyQuestion{})
			}
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn().Err(err).Msg("the nightly verification could not be made")
		case report.Unexplained > 0 && (before == nil || before.Unexplained != report.Unexplained):
			log.Error().Int("unexplained", report.Unexplained).Str("next", "passerelle verify "+l.ID).Msg("the two sides differ, and nothing explains it")
		case report.Unexplained == 0 && before != nil && before.Unexplained > 0:
			log.Info().Msg("every difference of the two sides is explained again")
		}
		if _, err := l.link.Prune(ctx, keep.History.Before(a.now())); err != nil && ctx.Err() == nil {
			log.Warn().Err(err).Msg("what is too old could not be removed from the ledger")
		}
	}
}

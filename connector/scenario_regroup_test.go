package connector_test

import (
	"errors"
	"slices"

	"passerelle/connector"
)

// unlink takes somebody apart, and relink joins a contact and a member: "unlink M17", "relink M17 M17". With "perhaps" it may be
// refused, because the two are not linked or a request was cut.
func (s *scene) unlink(args []string) error {
	if len(args) == 0 {
		return errUsage("unlink M17 [perhaps]")
	}
	n, err := person(args[0])
	if err != nil {
		return err
	}
	_, err = s.b.link.Unlink(s.tb.Context(), "contact/"+s.b.contact(n), "admin", false)
	return unlessRefused(err, args)
}

func (s *scene) relink(args []string) error {
	if len(args) < 2 {
		return errUsage("relink M17 M18 [perhaps]")
	}
	club, err := person(args[0])
	if err != nil {
		return err
	}
	federation, err := person(args[1])
	if err != nil {
		return err
	}
	_, err = s.b.link.Relink(s.tb.Context(), "contact/"+s.b.contact(club), "members/"+s.b.member(federation), "admin", false)
	return unlessRefused(err, args)
}

func unlessRefused(err error, args []string) error {
	if slices.Contains(args, "perhaps") && (errors.Is(err, connector.ErrRegroup) || errors.Is(err, connector.ErrPerson)) {
		return nil
	}
	return err
}

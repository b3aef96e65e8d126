// Package fairgatetest is the club's software as an HTTP server in memory, for tests, demonstrations and drills.
//
// It is written from WIRE.md 2 alone and is an adversary: it refuses whatever the description does not allow, and serves
// whatever it does allow, empty texts beside nulls, numbers beside texts, stamps that do not move. What real systems do
// in different ways is a switch of [Config], or a method of the [Server] where it can begin while the server runs; what
// they do when they break is a knob of [Server.Faults].
//
// Where WIRE.md is silent, it does this:
//   - a required field that holds a value cannot be emptied; status is required as well, and is active on a new contact;
//   - contact_id and last_update may be sent as they were read; another contact_id is refused;
//   - a primary e-mail is compared without regard to case, against archived contacts too, and only when it changes;
//   - a list beyond the last page is empty; a list of nothing has no pages;
//   - a seat on a board names a known role by role_id, and role_name, where given, is that role's;
//   - a token of this organisation is refused with 403 under another one's path; a key there is refused with 401;
//   - an id is free to be used again whether its contact was removed through the API, by the secretary or in a merge;
//   - another content type is refused with 415, another method with 405, and a deleted contact leaves no trace.
package fairgatetest

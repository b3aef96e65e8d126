package fairgatetest_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/faults"
)

// page is a list as a client reads it.
type page struct {
	Records, Pages, No, Limit int
	IDs                       []string
}

func (c *club) page(t *testing.T, no, limit int) page {
	t.Helper()
	got := c.get(t, contacts+"/extended?pageNo="+strconv.Itoa(no)+"&pageLimit="+strconv.Itoa(limit))
	if got.status != http.StatusOK {
		t.Fatalf("list: %d %v", got.status, got.body)
	}
	whole := func(name string) int {
		n, _ := at(got.body, "data."+name).(float64)
		return int(n)
	}
	p := page{Records: whole("totalRecords"), Pages: whole("totalPages"), No: whole("pageNo"), Limit: whole("pageLimit")}
	list, _ := at(got.body, "data.contacts").([]any)
	for _, contact := range list {
		id, _ := at(contact, "basefields.contact_id").(string)
		p.IDs = append(p.IDs, id)
	}
	return p
}

// filled returns a club of n contacts with the ids from 9001 on, so that an order by text would show from 10000 on.
func filled(t *testing.T, n int, settings ...func(*fairgatetest.Config)) *club {
	t.Helper()
	c := open(t, settings...)
	for i := range n {
		c.Add(fairgatetest.Contact{Basefields: fairgatetest.Basefields{ContactID: strconv.Itoa(9990 + i), ContactType: "singleperson"}})
	}
	return c
}

func ids(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

func TestPagesFollowTheOrderOfTheIDs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		n, no, limit int
		want         page
	}{
		"a first page":                     {23, 1, 10, page{Records: 23, Pages: 3, No: 1, Limit: 10, IDs: ids(9990, 9999)}},
		"a middle page":                    {23, 2, 10, page{Records: 23, Pages: 3, No: 2, Limit: 10, IDs: ids(10000, 10009)}},
		"a last page that is not full":     {23, 3, 10, page{Records: 23, Pages: 3, No: 3, Limit: 10, IDs: ids(10010, 10012)}},
		"a last page that is full":         {20, 2, 10, page{Records: 20, Pages: 2, No: 2, Limit: 10, IDs: ids(10000, 10009)}},
		"beyond the last page":             {23, 4, 10, page{Records: 23, Pages: 3, No: 4, Limit: 10}},
		"far beyond the last page":         {3, 1 << 62, 12, page{Records: 3, Pages: 1, No: 1 << 62, Limit: 12}},
		"nobody at all":                    {0, 1, 10, page{No: 1, Limit: 10}},
		"a hundred":                        {101, 1, 100, page{Records: 101, Pages: 2, No: 1, Limit: 100, IDs: ids(9990, 10089)}},
		"more than a hundred is a hundred": {101, 2, 500, page{Records: 101, Pages: 2, No: 2, Limit: 100, IDs: ids(10090, 10090)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, filled(t, tt.n).page(t, tt.no, tt.limit)); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAListThatIsAskedWronglyIsRefused(t *testing.T) {
	t.Parallel()
	c := filled(t, 3)
	for query, want := range map[string][]string{
		"":                                   {"pageLimit", "pageNo"},
		"pageNo=1":                           {"pageLimit"},
		"pageLimit=10":                       {"pageNo"},
		"pageNo=0&pageLimit=10":              {"pageNo"},
		"pageNo=1&pageLimit=0":               {"pageLimit"},
		"pageNo=-1&pageLimit=10":             {"pageNo"},
		"pageNo=one&pageLimit=10":            {"pageNo"},
		"pageNo=1&pageLimit=1.5":             {"pageLimit"},
		"pageNo=1&pageNo=2&pageLimit=10":     {"pageNo"},
		"pageNo=&pageLimit=10":               {"pageNo"},
		"pageNo=1&pageLimit=10&since=2026":   {"since"},
		"pageNo=1&pageLimit=10&pagelimit=10": {"pagelimit"},
		"pageNo=1&pageLimit=%zz":             {""},
	} {
		t.Run("?"+query, func(t *testing.T) {
			t.Parallel()
			got := c.get(t, contacts+"/extended?"+query)
			if got.status != http.StatusBadRequest {
				t.Errorf("got %d, want 400", got.status)
			}
			if diff := cmp.Diff(want, got.fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowsMoveUnderAPager(t *testing.T) {
	t.Parallel()
	c := filled(t, 23)
	c.page(t, 1, 10)
	c.Remove("9990")
	want := page{Records: 22, Pages: 3, No: 2, Limit: 10, IDs: ids(10001, 10010)}
	if diff := cmp.Diff(want, c.page(t, 2, 10)); diff != "" {
		t.Errorf("10000 has slipped onto the page before (-want +got):\n%s", diff)
	}
}

func TestArchivedContactsAreListedOrNot(t *testing.T) {
	t.Parallel()
	for listed, want := range map[bool]page{
		true:  {Records: 3, Pages: 1, No: 1, Limit: 10, IDs: ids(9990, 9992)},
		false: {Records: 2, Pages: 1, No: 1, Limit: 10, IDs: []string{"9990", "9992"}},
	} {
		t.Run(strconv.FormatBool(listed), func(t *testing.T) {
			t.Parallel()
			c := filled(t, 3, func(c *fairgatetest.Config) { c.ListArchived = listed })
			c.Edit("9991", func(c *fairgatetest.Contact) { c.Status = "archived" })
			if diff := cmp.Diff(want, c.page(t, 1, 10)); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
			if got := at(c.contact(t, "9991"), "status"); got != "archived" {
				t.Errorf("read by itself it is %v, want archived", got)
			}
		})
	}
}

func TestAListCanBeSpoilt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule faults.Rule
		want page
	}{
		"the mark of the next page is lost": {
			faults.Rule{Kind: faults.LostNext}, page{Records: 23, Pages: 1, No: 1, Limit: 10, IDs: ids(9990, 9999)},
		},
		"every row is lost, and the count is not": {
			faults.Rule{Op: fairgatetest.OpList, Kind: faults.LostRows}, page{Records: 23, Pages: 3, No: 1, Limit: 10},
		},
		"another operation is spoilt": {
			faults.Rule{Op: fairgatetest.OpRead, Kind: faults.LostRows},
			page{Records: 23, Pages: 3, No: 1, Limit: 10, IDs: ids(9990, 9999)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := filled(t, 23)
			c.Faults().Add(tt.rule)
			if diff := cmp.Diff(tt.want, c.page(t, 1, 10)); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
			c.Faults().Clear()
			healed := page{Records: 23, Pages: 3, No: 1, Limit: 10, IDs: ids(9990, 9999)}
			if diff := cmp.Diff(healed, c.page(t, 1, 10)); diff != "" {
				t.Errorf("healed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAShareOfTheRowsIsLost(t *testing.T) {
	t.Parallel()
	lose := func(seed uint64) page {
		c := filled(t, 100, func(c *fairgatetest.Config) { c.Seed = seed })
		c.Faults().Add(faults.Rule{Kind: faults.LostRows, Percent: 30})
		return c.page(t, 1, 100)
	}
	got := lose(7)
	// Six standard deviations around 70 of 100.
	if n := len(got.IDs); n < 43 || n > 97 || got.Records != 100 {
		t.Errorf("%d of 100 rows are left, totalRecords %d", n, got.Records)
	}
	if diff := cmp.Diff(got, lose(7)); diff != "" {
		t.Errorf("the same seed loses other rows (-first +second):\n%s", diff)
	}
}

package httpx

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestACertificateThatVerifiesIsAccepted is the counterpart of the refusal, with the test server's own authority.
func TestACertificateThatVerifiesIsAccepted(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	c := New(Config{Now: func() time.Time { return time.Time{} }})
	defer c.Close()
	trusting, ok := s.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the test server's client has no transport")
	}
	c.transport.TLSClientConfig.RootCAs = trusting.TLSClientConfig.RootCAs
	r, err := c.Do(t.Context(), Request{Method: http.MethodPost, URL: s.URL})
	if err != nil || r.Status != http.StatusNoContent {
		t.Errorf("status = %d, error = %v; want 204, none", r.Status, err)
	}
}

package quality

import "testing"

func TestMixedCase(t *testing.T) {
	t.Parallel()
	rows := []struct {
		held string
		last bool
		want string
	}{
		{"MÜLLER-HUBER", true, "Müller-Huber"},
		{"müller", true, "Müller"},
		{"MCKAY", true, "McKay"},
		{"MACH", true, "Mach"},
		{"D'ANGELO", true, "D'Angelo"},
		{"O’BRIEN", true, "O’Brien"},
		{"VON ARX", true, "von Arx"},
		{"TSCHUDIN-VON ARX", true, "Tschudin-von Arx"},
		{"DE LA RUE", true, "de la Rue"},
		{"LA", true, "La"},
		{"DI STEFANO MEIER", true, "di Stefano Meier"},
		{"MARIA DEL CARMEN", false, "Maria del Carmen"},
		{"LA TOYA", false, "La Toya"},
		{"ÉLISE", false, "Élise"},
	}
	for _, tt := range rows {
		if got := mixedCase(tt.held, tt.last); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.held, got, tt.want)
		}
	}
}

func TestOneCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"MÜLLER": "capitals", "müller": "small", "Müller": "", "McKay": "", "AJ": "", "A.J.": "", "JEAN-PAUL": "capitals", "von Arx": "",
		"li": "small", "": "", "李": "", "van den berg": "small",
	} {
		if got := oneCase(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

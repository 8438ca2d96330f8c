package api

import "recado/internal/errs"

// Sentence is what a Problem says to people, for programs that print it themselves. A
// language that we do not speak reads Spanish.
func Sentence(language string, p *errs.Problem) string {
	if _, ok := catalogue[language]; !ok {
		language = languages[0]
	}
	return sentence(language, p.Code, p.Args)
}

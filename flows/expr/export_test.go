package expr

// Price is the worst that a source is said to cost, for the tests that hold it to its word.
func Price(src string, env *Env) (ns, bytes int, ok bool) {
	c, faults := compile(src, env, Any)
	return c.cost.ns, c.cost.bytes, len(faults) == 0
}

package tickwire

// round says who is asked after whom: each server at most once in a round, and the one that was left when it began only after all
// others.
//
//	asked in vain ... -> all were asked -> begin -> ...
//	one served -> begin: what comes after it is another round
type round struct {
	was  map[string]bool
	last string
	left string
}

// rest are those of all that may be asked next; none where the round is over.
func (r *round) rest(all []string) []string {
	var unasked, others []string
	for _, one := range all {
		if r.was[one] {
			continue
		}
		unasked = append(unasked, one)
		if one != r.left {
			others = append(others, one)
		}
	}
	if len(others) > 0 {
		return others
	}
	return unasked
}

func (r *round) asked(one string) {
	if r.was == nil {
		r.was = map[string]bool{}
	}
	r.was[one] = true
	r.last = one
}

func (r *round) begin() {
	clear(r.was)
	r.left = r.last
}

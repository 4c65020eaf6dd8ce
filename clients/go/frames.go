package tickwire

// frameLimit: a frame takes at most 1 MiB, or holds one item; a little is left for what surrounds the items.
const frameLimit = 1024*1024 - 64

// inFrames cuts a list into parts that fit a frame each. size is an upper bound of an item's bytes.
func inFrames[T any](items []T, size func(T) int) [][]T {
	var parts [][]T
	start, used := 0, 0
	for i, item := range items {
		more := size(item)
		if i > start && used+more > frameLimit {
			parts = append(parts, items[start:i])
			start, used = i, 0
		}
		used += more
	}
	if start < len(items) {
		parts = append(parts, items[start:])
	}
	return parts
}

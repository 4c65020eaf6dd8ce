package tickwire

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// address is where a server listens, as the caller wrote it.
type address struct {
	host string
	port int
}

// defaultAddress is a server's where nobody says otherwise.
const defaultAddress = "127.0.0.1:7070"

var addressPattern = regexp.MustCompile(`^(?:\[([^\]\s]+)\]|([^:\[\]/\s]+)):(\d{1,5})$`)

// parseAddresses reads texts of one address each, or several with commas between them; what is named twice counts once.
func parseAddresses(texts []string) ([]address, error) {
	var addresses []address
	seen := map[address]bool{}
	for _, text := range strings.Split(strings.Join(texts, ","), ",") {
		one, err := parseAddress(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if !seen[one] {
			seen[one] = true
			addresses = append(addresses, one)
		}
	}
	return addresses, nil
}

func parseAddress(text string) (address, error) {
	parts := addressPattern.FindStringSubmatch(text)
	wrong := fmt.Errorf("tickwire: an address must be host:port, such as 127.0.0.1:7070 or [::1]:7070, or several of them; not %q", text)
	if parts == nil {
		return address{}, wrong
	}
	port, err := strconv.Atoi(parts[3])
	if err != nil || port < 1 || port > 65_535 {
		return address{}, wrong
	}
	if parts[1] == "" {
		return address{parts[2], port}, nil
	}
	if ip, err := netip.ParseAddr(parts[1]); err != nil || !ip.Is6() {
		return address{}, wrong
	}
	return address{parts[1], port}, nil
}

func (a address) String() string {
	if strings.Contains(a.host, ":") {
		return fmt.Sprintf("[%s]:%d", a.host, a.port)
	}
	return fmt.Sprintf("%s:%d", a.host, a.port)
}

// isName: a name may stand for several servers; a number can't.
func (a address) isName() bool {
	_, err := netip.ParseAddr(a.host)
	return err != nil
}

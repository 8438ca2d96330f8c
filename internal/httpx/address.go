package httpx

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// special4 are the IPv4 blocks that are not the public internet: the IANA IPv4
// Special-Purpose Address Registry (RFC 6890 and its updates), multicast and the reserved
// rest, and one public address behind which a cloud keeps its metadata service.
var special4 = prefixes(
	"0.0.0.0/8",        // this host
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carrier-grade NAT; Alibaba's metadata
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's platform service
	"169.254.0.0/16",   // link-local; the metadata of AWS, Google, Azure and others
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments; Oracle's metadata
	"192.0.2.0/24",     // documentation
	"192.31.196.0/24",  // AS112
	"192.52.193.0/24",  // AMT
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"192.175.48.0/24",  // AS112
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
)

// global6 is all of IPv6 that has been given out for the internet. Loopback, unique local,
// link-local, site-local, multicast, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), mapped and
// translated IPv4, SRv6 and discard-only lie outside it.
var global6 = netip.MustParsePrefix("2000::/3")

// special6 are the exceptions within it.
var special6 = prefixes(
	"2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4: carries any IPv4 address
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
	"3ffe::/16",         // 6bone, given back
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether a is an address of the public internet.
func Public(a netip.Addr) bool {
	a = a.Unmap() // ::ffff:127.0.0.1 is dialled as 127.0.0.1
	within := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case a.Is4():
		return !slices.ContainsFunc(special4, within)
	case a.Zone() != "": // only link-local addresses have one
		return false
	}
	return global6.Contains(a) && !slices.ContainsFunc(special6, within)
}

// guard returns a net.Dialer's Control, which runs on the very address about to be
// connected to, after all resolving is done.
func guard(private []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", ErrAddress, address)
		}
		a := ap.Addr().Unmap()
		if Public(a) || slices.ContainsFunc(private, func(p netip.Prefix) bool { return p.Contains(a) }) {
			return nil
		}
		return fmt.Errorf("%w: %s", ErrAddress, a)
	}
}

package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// RealIP makes RemoteAddr the visitor's own address when the request came through a proxy
// that the operator named. Nobody else's X-Forwarded-For is believed: throttling and the
// audit go by RemoteAddr.
func RealIP(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(a netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && trusted(from.Addr()) {
			hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			// From our side outwards: the first hop that is not ours is the visitor.
			for i := len(hops) - 1; i >= 0; i-- {
				hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
				if err != nil {
					break
				}
				r.RemoteAddr = net.JoinHostPort(hop.String(), "0")
				if !trusted(hop) {
					break
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

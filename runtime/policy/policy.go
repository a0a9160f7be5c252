// Package policy decides what a data plane has to decide about a request besides its route:
// who may come in and how often, what CORS says, which headers go on to the upstream and
// which come back, and which endpoint a client belongs to. Each decision is compiled once
// from its intent and asked per request over values of net/http and net/netip; nothing here
// opens a connection or reads a clock, and where nothing is refused nothing is allocated.
//
// Two data planes are imitated, told apart by an intent.PathForm: Decoded is nginx as
// ingress-nginx configures it, Normalized is Envoy as Contour configures it. What Envoy does
// was recorded from Envoy 1.38.3 with the connection manager settings of Contour 1.33.8.
//
// The order in which a data plane changes the headers of a request matters:
//
//  1. ClientAddress or ForwardedAddress reads X-Forwarded-For as it came;
//  2. RemoveHopByHop takes away what belongs to the client's connection, what the client
//     names in Connection, and what no client may say;
//  3. authentication and the header policies of the route;
//  4. Forward sets the headers by which the upstream knows the client.
//
// A client can so remove only what it sent itself: "Connection: X-Forwarded-For" is done
// with before the data plane writes that header. Whoever authenticates a client must write
// headers about that after step 2 too.
package policy

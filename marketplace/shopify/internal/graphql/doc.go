// Package graphql is as much of GraphQL as a fake shop needs: it reads a schema and the operations that a client sends,
// says where an operation does not fit the schema, and answers it from plain JSON, with the fields that were asked for
// and no others. So a client that asks for a field which the schema does not have, or forgets one that it reads, fails
// its tests.
package graphql

/// Who a tool is to a remote: connections with their credentials, OAuth grants, endpoints, and the
/// requests that are made of them.
@NullMarked
package dev.toolwright.connection;

import org.jspecify.annotations.NullMarked;

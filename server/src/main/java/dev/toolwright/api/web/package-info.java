/// The web mechanism that all faces share: routes, exchanges, errors, credentials, idempotency.
@NullMarked
package dev.toolwright.api.web;

import org.jspecify.annotations.NullMarked;

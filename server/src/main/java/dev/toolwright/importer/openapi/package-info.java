/// Connections, endpoints and tools made of an OpenAPI document, and what becomes of them when it
/// changes.
@NullMarked
package dev.toolwright.importer.openapi;

import org.jspecify.annotations.NullMarked;

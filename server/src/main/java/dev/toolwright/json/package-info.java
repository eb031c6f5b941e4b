/// JSON, identifiers and JSON Schema: mechanisms that know no feature.
@NullMarked
package dev.toolwright.json;

import org.jspecify.annotations.NullMarked;

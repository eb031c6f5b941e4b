/// Routes about the server itself: health, metrics, the OpenAPI description.
@NullMarked
package dev.toolwright.api.system;

import org.jspecify.annotations.NullMarked;

/// Tools that are made of what others describe.
@NullMarked
package dev.toolwright.importer;

import org.jspecify.annotations.NullMarked;

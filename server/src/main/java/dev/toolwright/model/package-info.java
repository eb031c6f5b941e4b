/// Language models behind one interface.
@NullMarked
package dev.toolwright.model;

import org.jspecify.annotations.NullMarked;

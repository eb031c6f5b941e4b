/// What tools and agents share: versions, visibility, grants, references.
@NullMarked
package dev.toolwright.definition;

import org.jspecify.annotations.NullMarked;

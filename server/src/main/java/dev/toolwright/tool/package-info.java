/// Tools and the one pipeline through which every call goes.
@NullMarked
package dev.toolwright.tool;

import org.jspecify.annotations.NullMarked;

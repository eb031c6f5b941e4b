/// The program: its commands and the order in which the parts are opened.
@NullMarked
package dev.toolwright;

import org.jspecify.annotations.NullMarked;

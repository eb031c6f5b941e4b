/// The process that runs JavaScript tools. It confines itself before it reads the first foreign
/// byte and speaks frames over its standard input and output.
@NullMarked
package dev.toolwright.worker;

import org.jspecify.annotations.NullMarked;

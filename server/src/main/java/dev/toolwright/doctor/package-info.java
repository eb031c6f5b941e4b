/// Says what this machine can and cannot do, and how to fix it.
@NullMarked
package dev.toolwright.doctor;

import org.jspecify.annotations.NullMarked;

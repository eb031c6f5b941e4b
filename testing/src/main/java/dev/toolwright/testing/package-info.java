/// Fixtures for the tests of every module: real servers in miniature, never mocks.
@NullMarked
package dev.toolwright.testing;

import org.jspecify.annotations.NullMarked;

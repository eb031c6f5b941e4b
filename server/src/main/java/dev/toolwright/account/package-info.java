/// Workspaces, users and tokens: who is calling.
@NullMarked
package dev.toolwright.account;

import org.jspecify.annotations.NullMarked;

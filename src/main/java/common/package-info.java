/**
 * Code that all layers share. This package itself contains the errors that users see and their exit
 * codes.
 *
 * <p>Names and meanings of {@code ErrorCode} and the numbers of {@code ExitCode} are a fixed
 * contract with scripts and alerts. Everything below {@code common} is independent of the batch,
 * speed, serving and demo packages.
 */
package common;

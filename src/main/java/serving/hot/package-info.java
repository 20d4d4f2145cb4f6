/** Reads windows that the speed job has written to Redis. */
package serving.hot;

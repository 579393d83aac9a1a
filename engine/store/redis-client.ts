import type { Redis } from 'ioredis';

/** A client of one server, of a Sentinel group or of a Cluster; commands are the same. */
export type RedisClient = Redis;

import { UrlRegistry } from '../../core/registry.ts';
import { csvRows } from './csv.ts';
import { mysqlRows } from './mysql.ts';
import { oracleRows } from './oracle.ts';
import { postgresRows } from './postgres.ts';

/** Where people come from. */
export const rowSources = new UrlRegistry([csvRows, mysqlRows, oracleRows, postgresRows]);

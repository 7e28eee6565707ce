import { UrlRegistry } from '../../core/registry.ts';
import { postgresWarehouse } from './postgres.ts';

/** Where records sent so far are looked up. */
export const warehouses = new UrlRegistry([postgresWarehouse]);

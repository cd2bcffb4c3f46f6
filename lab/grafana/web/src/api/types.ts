import type { DataFrameJSON } from '@grafana/data';
import type { Dashboard } from '@grafana/schema';

export interface Settings {
  defaultTheme: string;
  minRefreshInterval: string;
  defaultDatasource: string;
  datasources: Record<string, DataSourceSummary>;
}

export interface DataSourceSummary {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
  jsonData?: { timeInterval?: string };
}

export interface SearchHit {
  uid: string;
  title: string;
  url: string;
  type: 'dash-db' | 'dash-folder';
  tags: string[];
  folderTitle?: string;
}

export interface DashboardAnswer {
  meta: { version: number; folderTitle: string; updated: string; provisionedExternalId: string };
  dashboard: Dashboard;
}

export interface QueryResult {
  status?: number;
  error?: string;
  frames?: DataFrameJSON[];
}

export interface QueryAnswer {
  results: Record<string, QueryResult>;
}

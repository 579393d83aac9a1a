import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components/Tabs';

interface TabsProps {
  label: string;
  /** The content of a tab is made when it is selected. */
  tabs: readonly { id: string; title: string; content: () => ReactNode }[];
  /** From the URL's `tab`; the first one where it names none. */
  selected: string | undefined;
  onSelect(id: string): void;
}

/** Tabs whose choice is in the URL. */
export function Tabs({ label, tabs, selected, onSelect }: TabsProps) {
  const known = tabs.find(({ id }) => id === selected) ?? tabs[0]!;
  return (
    <AriaTabs className="tabs" selectedKey={known.id} onSelectionChange={(key) => onSelect(String(key))}>
      <TabList className="tab-list" aria-label={label}>
        {tabs.map(({ id, title }) => (
          <Tab key={id} id={id} className="tab">
            {title}
          </Tab>
        ))}
      </TabList>
      <TabPanel key={known.id} id={known.id} className="tab-panel">
        {known.content()}
      </TabPanel>
    </AriaTabs>
  );
}

DELETE FROM crumbs;

DELETE FROM crumbs WHERE age > INTERVAL '30 days';

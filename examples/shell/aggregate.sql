.import --csv clean.csv orders
.headers on
.mode csv
.output customers.csv
select customer, count(*) as num_orders, sum(amount) as spent
from orders group by customer order by customer;
